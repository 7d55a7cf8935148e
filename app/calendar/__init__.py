"""The office's calendar: notices of days off and of days worked instead, and counting by them."""
