"""台账: append-only books with serials without gaps. Rows are booked by rooms above."""
