"""`python -P -m peak_trade` is the command `peak-trade`.

Without `-P` Python itself puts the working directory on its path; then what is imported before
this file may come from there.
"""

from peak_trade.search_path import leave_out_working_directory

leave_out_working_directory()

from peak_trade.cli import main  # noqa: E402  after the path is as it should be

main()
