"""What every room of the simulator works with: one clock, one file of books, calls and answers as plain values."""
