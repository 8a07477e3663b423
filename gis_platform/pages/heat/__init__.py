"""Where reports gather: heat, cells and clusters for operators (`/ops/panas/`) and planners."""
