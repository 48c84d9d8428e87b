//! The figures of the explanation, each drawn by the functions that it explains.
