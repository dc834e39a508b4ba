"""Telling the order service: signed callbacks (Standard Webhooks), in order, tried again. Knows no Temporal, no SQL."""
