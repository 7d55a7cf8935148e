"""发送: what was approved goes out, no number twice; what came of each, and what it cost."""
