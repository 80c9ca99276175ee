"""tqcheck: finds what betrays the machine in translated news."""

__version__ = "0.1.0"
