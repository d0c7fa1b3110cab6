"""Read side of every artifact family: typed rows and counted read errors from bytes."""
