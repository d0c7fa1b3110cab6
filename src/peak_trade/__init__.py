"""Watch-only console for a Kraken/CCXT trading system: pages, JSON and frames from artifacts."""
