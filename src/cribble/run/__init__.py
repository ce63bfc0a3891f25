"""What a run is (recipe), would do (plan), does (execute), did (manifest), and does again (verify).

The command line, Python and a recipe file all go through here, so they cannot differ.
"""
