"""Cards: a presence as one picture for READMEs. Pure but for gallery.py, which fetches art, and answers.py.

face.py says what is to be seen of a person, options.py what the address asks for, card.py draws it as SVG.
"""
