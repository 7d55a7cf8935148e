"""What a page costs: the statements it makes, the buffers they read, the processor it takes."""
