"""The page at `/`: the books, requests, events and faults for a person who looks for a mistake."""
