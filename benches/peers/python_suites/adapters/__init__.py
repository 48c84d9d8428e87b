"""One file for each library: it puts our functions where the tests of the library look for theirs."""
