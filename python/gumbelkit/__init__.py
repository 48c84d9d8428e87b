from gumbelkit._native import Error, Key, fold_in_rows, fill_noise, num_threads, set_num_threads
