"""停机登记: when the system stood, and until when the papers of that time may be entered."""
