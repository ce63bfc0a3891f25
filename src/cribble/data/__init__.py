"""Reading and writing rows without loss, and the cache of what was computed from them."""
