"""What else runs a network on a CPU, one file each.

A rival is a module with

  load(model, threads, precision)   bind, where bind(inputs) is a function that runs the network
                                    once on these NumPy arrays and returns its outputs; bind is
                                    called anew for other inputs
  version()                         of the library
  prepare(model, threads)           only where something is compiled or converted first: makes the
                                    file that `load` reads, or returns at once where it is there

and raises Absent where it cannot take part. `model` is a folder with a .pt2 file.
"""


class Absent(Exception):
    """The rival cannot take part; the text says why and what to do."""
