"""Read side of every artifact family: bytes in, typed rows and counted losses out. Never writes."""
