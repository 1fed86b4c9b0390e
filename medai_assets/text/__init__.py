"""Text made readable and judged, whatever its source: HTML, headings, normalisation, language, personal data, splitting."""
