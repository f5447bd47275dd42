"""The kernel's own vocabulary, as data with sources: one answer to what each primitive does."""

from reviewer.kernel.order import Order
from reviewer.kernel.table import Flavour, Primitive, order_of, primitive

__all__ = ["Flavour", "Order", "Primitive", "order_of", "primitive"]
