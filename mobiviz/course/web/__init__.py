"""The static site: pages that need neither a kernel nor a network, made from the committed solutions."""
