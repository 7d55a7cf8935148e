"""长期未登录账户核实清理 (E23A §8(4)): listed, answered for by departments, cleared."""
