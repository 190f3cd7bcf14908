"""The hotel database: 41 tables, 46 foreign keys and 6,943 rows that try a migration in every way.

Made after the reference case of the design. Everything in it is synthetic, and the same every time.
"""

from pilotage.demo.hotel.database import HOTEL_ROWS, create_hotel, create_hotel_roles, hotel_rows

__all__ = ["HOTEL_ROWS", "create_hotel", "create_hotel_roles", "hotel_rows"]
