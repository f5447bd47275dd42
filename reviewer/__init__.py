"""kstale: finds kernel comments whose synchronization claims no longer hold."""

__version__ = "0.1.0"
