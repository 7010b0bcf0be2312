"""Write the generated pages: ``python -m corpushub.docs``."""

from corpushub.docs.pages import write

write()
