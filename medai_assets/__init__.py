"""medai_assets: openly licensed medical text to traced instruction data, adapters and reports, as a Dagster graph."""

__version__ = "0.1.0"
