"""What a customer's browser needs: sessions, the Client API, and input that is encrypted where it is typed."""
