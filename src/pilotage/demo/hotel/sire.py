"""The SIRE catalogue's countries and cities: real places, the codes of ISO 3166-1 and of DANE.

Consumed by ``foundation.py``.
"""

from __future__ import annotations

_COUNTRIES = """
032 AR Argentina|036 AU Australia|040 AT Austria|056 BE Bélgica|068 BO Bolivia|076 BR Brasil
124 CA Canadá|152 CL Chile|156 CN China|170 CO Colombia|188 CR Costa Rica|191 HR Croacia|192 CU Cuba
203 CZ Chequia|208 DK Dinamarca|218 EC Ecuador|222 SV El Salvador|246 FI Finlandia|250 FR Francia
276 DE Alemania|300 GR Grecia|320 GT Guatemala|340 HN Honduras|348 HU Hungría|356 IN India
372 IE Irlanda|376 IL Israel|380 IT Italia|384 CI Côte d'Ivoire|388 JM Jamaica|392 JP Japón
410 KR Corea del Sur|484 MX México|528 NL Países Bajos|554 NZ Nueva Zelanda|558 NI Nicaragua
578 NO Noruega|591 PA Panamá|600 PY Paraguay|604 PE Perú|616 PL Polonia|620 PT Portugal|724 ES España
826 GB Reino Unido|840 US Estados Unidos
"""

_CITIES = """
05001 Medellín/Antioquia|05045 Apartadó/Antioquia|05615 Rionegro/Antioquia|08001 Barranquilla/Atlántico
08758 Soledad/Atlántico|11001 Bogotá, D.C./Bogotá, D.C.|13001 Cartagena/Bolívar|13430 Magangué/Bolívar
15001 Tunja/Boyacá|15238 Duitama/Boyacá|15759 Sogamoso/Boyacá|17001 Manizales/Caldas
17380 La Dorada/Caldas|18001 Florencia/Caquetá|19001 Popayán/Cauca|20001 Valledupar/Cesar
20011 Aguachica/Cesar|23001 Montería/Córdoba|25290 Fusagasugá/Cundinamarca|25307 Girardot/Cundinamarca
25754 Soacha/Cundinamarca|27001 Quibdó/Chocó|41001 Neiva/Huila|41551 Pitalito/Huila
44001 Riohacha/La Guajira|44430 Maicao/La Guajira|47001 Santa Marta/Magdalena|50001 Villavicencio/Meta
52001 Pasto/Nariño|52356 Ipiales/Nariño|54001 Cúcuta/Norte de Santander|63001 Armenia/Quindío
66001 Pereira/Risaralda|68001 Bucaramanga/Santander|70001 Sincelejo/Sucre|73001 Ibagué/Tolima
76001 Cali/Valle del Cauca|76109 Buenaventura/Valle del Cauca|81001 Arauca/Arauca
88001 San Andrés/Archipiélago de San Andrés|88564 Providencia/Archipiélago de San Andrés
91001 Leticia/Amazonas
"""


def _entries(table: str) -> list[str]:
    return [entry for line in table.split("\n") for entry in line.split("|") if entry]


def _country(entry: str) -> tuple[str, str, str]:
    code, alpha2, name = entry.split(" ", 2)
    return code, alpha2, name


def _city(entry: str) -> tuple[str, str, str]:
    code, place = entry.split(" ", 1)
    name, department = place.split("/")
    return code, name, department


COUNTRIES = tuple(map(_country, _entries(_COUNTRIES)))
CITIES = tuple(map(_city, _entries(_CITIES)))
