"""kstale where patches are sent and received: git send-email, b4, patchwork."""
