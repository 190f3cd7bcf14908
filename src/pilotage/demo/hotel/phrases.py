"""What guests and staff say, and the values that break careless tools.

Consumed by the modules that make rows. All of it is invented; names and addresses belong to nobody.
"""

from __future__ import annotations

from decimal import Decimal

FIRST_NAMES = (
    "Ana María", "José", "Lucía", "Andrés", "Ximena",
    "Óscar", "Nuria", "Íñigo", "Beatriz", "Tomás", "Zoë", "Ángela",
)  # fmt: skip
LAST_NAMES = (
    "Pardo Ibáñez", "Muñoz", "O'Neill", "D'Costa", "Archbold", "Hooker", "Güell", "de la Peña",
    "Núñez", "Robinson",
    "Peña Ávila",
)  # fmt: skip

BEACHES = ("Spratt Bight", "Rocky Cay", "Sound Bay", "Johnny Cay", "West View", "La Piscinita", "Cocoplum")

SENTENCES = (
    "La playa está a cinco minutos caminando, por la avenida Newball.",
    "¿A qué hora abre el desayuno? Llegamos con niños pequeños.",
    "El aire acondicionado de la habitación 102 vuelve a gotear.",
    "Necesitamos traslado desde el aeropuerto Gustavo Rojas Pinilla.",
    "El registro de extranjeros se envía al SIRE antes de las veinticuatro horas.",
    "Los buceadores salen a las siete; el mar de los siete colores no espera.",
    "Por favor, una cuna y dos almohadas más.",
    "La lancha a Johnny Cay sale solo si la bandera está verde.",
    "Confirmamos su reserva y quedamos atentos a su llegada.",
    "El pescado frito con patacón y rice and beans es la especialidad de la casa.",
)

AWKWARD_TEXTS = (
    "El \"Capitán\" O'Higgins dijo: 'ya voy'",
    "primera línea\nsegunda línea\r\ntercera\rúltima\n",
    "C:\\hotel\\fotos\\nuevas\\",
    "\\.",
    "antes\n\\.\ndespués",
    "\tuna\tcolumna\tmás\t",
    "",
    "NULL",
    "\\N",
    "👩‍👩‍👧‍👦 llegamos a la 🏝️ desde 🇨🇴",
    "שלום וברכה, مرحبا بكم في سان أندريس",
    "cafe\u0301 con pan\u0303a, y\u0308 sin az\u00facar",
    "</script><script>alert('hola')</script><!--",
    "\\! rm -rf ~",
    "\\copy t from program 'id'",
    "$1 $$ $body$ %s %(name)s {0} :variable :'x' ${HOME} `id`",
    "  espacios a los lados  ",
    "no\u00a0separable, ancho\u200bcero, marca\ufeff y separador\u2028 de línea",
    "control \x01 \x08 \x0b \x0c \x1b[31mrojo\x1b[0m \x7f",
    "Robert'); DROP TABLE hotels; --",
    "/* comentario sin cerrar",
    "-- comentario",
    '{"no es": [json}',
    "{NULL,\"una lista\"}",
    "=HYPERLINK(\"http://example.invalid\")",
    "una palabra larguísima: " + "supercalifragilístico" * 500,
)  # fmt: skip
"""Text that means something to COPY, psql, SQL, HTML, a terminal, a spreadsheet or a template."""

AWKWARD_FLOATS = (
    -0.0, 1e-300, float("inf"), float("-inf"), float("nan"), 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, 3.0,
)  # fmt: skip

AWKWARD_NUMERICS = tuple(
    Decimal(text)
    for text in (
        "150000.00",
        "89.900",
        "NaN",
        "0.000",
        "1.10",
        "123456789012345678901234567890.5",
        "42",
        "0.0000000001",
    )
)

AWKWARD_INTERVALS = (
    "1 mon 2 days 03:04:05.000006", "-1 days +02:03:04", "00:00:00",
    "100 years", "-00:00:00.5", "1 year -1 days",
)  # fmt: skip


def person(number: int) -> str:
    """Return an invented name."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    last = LAST_NAMES[(number // len(FIRST_NAMES) + number) % len(LAST_NAMES)]
    return f"{first} {last}"


def said(number: int) -> str:
    """Return something said: every third time something awkward."""
    return (
        AWKWARD_TEXTS[number // 3 % len(AWKWARD_TEXTS)]
        if number % 3 == 2
        else SENTENCES[number % len(SENTENCES)]
    )
