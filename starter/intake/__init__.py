"""Reading orders as shops hand them out."""
