"""How we reach a server: DSNs resolved, sessions opened. The only room that imports the driver."""

from pilotage.connection.parameters import ConnectionParameters
from pilotage.connection.session import Session, connect

__all__ = ["ConnectionParameters", "Session", "connect"]
