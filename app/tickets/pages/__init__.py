"""What the ticket pages are filled with: views of the domain in the words of the templates."""
