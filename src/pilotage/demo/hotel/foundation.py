"""Rows of group 1, Foundation, and of the platform's users."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pilotage.demo.hotel.copy_text import Json, Row, TableRows
from pilotage.demo.hotel.phrases import AWKWARD_NUMERICS, BEACHES, SENTENCES, said
from pilotage.demo.hotel.seeds import Embeddings, chance, key, keys, moment
from pilotage.demo.hotel.sire import CITIES, COUNTRIES

TENANTS = keys("tenant_registry", 3)
USERS = keys("auth.users", 9)
"""The first six are staff: ``staff_users.staff_id`` is the user's own id."""

_CATEGORIES = ("beaches", "restaurants", "culture", "diving", "transport", "nightlife")
_ADDRESS = '("Avenida Newball 4-{0}, local ""B""",Punta Hansa,San Andrés,88000{0})'


def foundation_rows() -> Iterator[TableRows]:
    """Yield the platform's users, then the tables of group 1."""
    yield _users()
    yield _tenants()
    yield _code_embeddings()
    yield _muva_content()
    yield _sire_content()
    yield TableRows.of(
        "sire_countries",
        (
            {
                "country_code": code,
                "iso_alpha2": alpha2,
                "name_es": name,
                "aliases": None if number % 4 else [name.upper(), f'"{alpha2}"', None, ""],
                "order": number * 10,
            }
            for number, (code, alpha2, name) in enumerate(COUNTRIES)
        ),
    )
    yield TableRows.of(
        "sire_cities",
        (
            {
                "id": 100 + number,
                "dane_code": code,
                "name": name,
                "department": department,
                "altitude_m": (number * 61.7) if number % 5 else None,
            }
            for number, (code, name, department) in enumerate(CITIES)
        ),
    )
    yield TableRows.of(
        "sire_document_types",
        (
            {
                "code": 3,
                "name_es": "Pasaporte",
                "pattern": r"^[A-Z]{1,3}\d{5,9}$",
                "flags": "1010",
                "accepted_for": ["confirmed", "checked_in"],
            },
            {
                "code": 5,
                "name_es": "Cédula de extranjería",
                "pattern": r"^\d{6,7}$",
                "flags": "0001",
                "accepted_for": ["checked_in"],
            },
            {
                "code": 10,
                "name_es": "Permiso por protección temporal",
                "pattern": r"^[^\\\s]+$",
                "flags": "1111",
                "accepted_for": [],
            },
            {
                "code": 46,
                "name_es": "Carné diplomático",
                "pattern": "^'[^']*'$|^\"",
                "flags": "0000",
                "accepted_for": "[0:1]={pending,no_show}",
            },
        ),
    )
    yield TableRows.of(
        "property_relationships",
        [
            {
                "id": key("property_relationships", 0),
                "tenant_id": TENANTS[0],
                "parent_property": key("accommodation_units_public", 0),
                "child_properties": keys("accommodation_units_public", 3)[1:],
                "relationship": "connecting",
                "share": "0.5000",
                "notes": "",
            },
        ],
    )


def _users() -> TableRows:
    def row(number: int) -> Row:
        anonymous = number == 8
        return {
            "id": USERS[number],
            "email": None if anonymous else f"usuario{number}@hotel.example",
            "encrypted_password": None if anonymous else f"$2a$10$invented-{number}",
            "phone": None if number % 2 else f"+57 300 555 01{number:02}",
            "raw_app_meta_data": Json({"provider": "email", "role": "editor" if number == 6 else "member"}),
            "raw_user_meta_data": Json({"name": said(number), "tenant_id": str(TENANTS[number % 3])}),
            "is_anonymous": anonymous,
            "last_sign_in_at": "-infinity" if anonymous else moment(number, number * 1001),
            "banned_until": "infinity" if number == 7 else None,
            "created_at": moment(-100 - number),
        }

    return TableRows.of("users", map(row, range(len(USERS))), schema="auth")


def _tenants() -> TableRows:
    names = ("isla-serena", "casa-coral", "posada-del-mar")
    display = ("Isla Serena", 'Casa "Coral" & Hijos', "Posada del Mar\\Sea Inn")

    def row(number: int) -> Row:
        return {
            "tenant_id": TENANTS[number],
            "subdomain": names[number],
            "display_name": display[number],
            "tax_number": f"90012345{number}-{number}",
            "tier": ("pro", "basic", "enterprise")[number],
            "address": _ADDRESS.format(number) if number else "(,,,)",
            "contact_email": f"hola@{names[number]}.example" if number != 1 else None,
            "features": Json(
                {"chat": True, "sire": number == 0, "límites": {"mensajes": 10**15 + number, "ratio": 1.50}}
            ),
            # json keeps the text as it came: spaces, order and the key given twice.
            "theme": '{ "primary" : "#00B4D8",\n  "dark":false, "dark" : true }' if number == 0 else None,
            "opening_hours": [["08:00", "20:00"], ["09:30", "18:00"]] if number == 2 else None,
            # Not what counting would give: a trigger that fires during a load shows here.
            "reservation_count": (1040, 7, 0)[number],
            "is_active": number != 2,
            "subscribed_until": ("infinity", "2026-01-01 00:00:00.000001-05", "-infinity")[number],
            "created_at": moment(-700 + number, 123_456),
            "updated_at": moment(-10 - number, 999_999),
        }

    return TableRows.of("tenant_registry", map(row, range(len(TENANTS))))


def _code_embeddings() -> TableRows:
    embeddings = Embeddings("code", dimensions=1024, topics=24)
    dice = chance("code_embeddings")

    def row(number: int) -> Row:
        file, chunk = divmod(number, 9)
        path = f"src/{('app', 'lib', 'components', 'Ñandú')[file % 4]}/module_{file:03}.tsx"
        content = f"export const f{number} = () => `{chunk}`;\n// {said(number)}"
        start = chunk * 40 + 1
        return {
            "id": key("code_embeddings", number),
            "file_path": path,
            "chunk_index": chunk,
            "lines": f"[{start},{start + 40})",
            "content": content,
            "content_hash": hashlib.sha256(content.encode()).digest(),
            "embedding": embeddings.vector(file),
            "metadata": Json({"language": "typescript", "exports": [f"f{number}"], "score": dice.random()}),
            "token_count": dice.randrange(20, 900) if number % 50 else None,
            "created_at": moment(-30 + number / 1000, number % 1000),
        }

    return TableRows.of("code_embeddings", map(row, range(4333)))


def _muva_content() -> TableRows:
    embeddings = Embeddings("muva content", dimensions=1536, topics=12)
    dice = chance("muva_content")

    def row(number: int) -> Row:
        beach = BEACHES[number % len(BEACHES)]
        return {
            # With gaps, as after deletions.
            "id": number + 1 + number // 100 * 7,
            "category": _CATEGORIES[number % 6],
            "title": f"{beach}, guía {number}",
            "content": f"{SENTENCES[number % len(SENTENCES)]} {said(number)}",
            "language": "es" if number % 9 else "en-CO",
            "tags": [
                "playa",
                f"año {2000 + number % 26}",
                'con "comillas"',
                "con,coma",
                "{llaves}",
                "\\",
                "NULL",
            ][: number % 8],
            "rating": None if number % 11 == 0 else f"{number % 51 / 10:.2f}",
            "price_hint": AWKWARD_NUMERICS[number % len(AWKWARD_NUMERICS)],
            "place": f"(-81.7{number % 100:02},12.5{number % 89:02})",
            "embedding": None if number % 97 == 0 else embeddings.vector(number % 12),
            "published_on": "infinity" if number % 200 == 3 else moment(-number).date(),
            "updated_at": moment(-number / 7, dice.randrange(1_000_000)),
        }

    return TableRows.of("muva_content", map(row, range(742)))


def _sire_content() -> TableRows:
    embeddings = Embeddings("sire content", dimensions=3072, topics=2)
    titles = (
        "Quién debe registrarse",
        "Plazos del reporte",
        "Nacionalidades y códigos",
        "Documentos aceptados",
        "Correcciones",
        "Sanciones",
        "Formato del archivo\tseparado por tabuladores",
        "Preguntas frecuentes",
    )
    return TableRows.of(
        "sire_content",
        (
            {
                "id": number + 1,
                "title": title,
                "body": "\n\n".join(SENTENCES[: number + 1]),
                "legal_basis": None if number == 4 else f"Decreto {1000 + number}",
                "embedding": embeddings.vector(number),
                "valid_during": ("[2020-01-01,)", "empty", "(,2024-01-01)", "(,)")[number % 4],
            }
            for number, title in enumerate(titles)
        ),
    )
