"""An ordering argument in a text: lists of writes and reads with barriers between them."""
