"""What managers look at: state, funnel, comparisons."""
