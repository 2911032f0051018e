"""How jobs run: states, retries, leases, progress, events, storage.

Library quality and embeddable: this package knows nothing of Discord, of the bot or of any job type.
Modules import only what stands lower in the order `pure < ports < run < policy < backends < edges`.
"""
