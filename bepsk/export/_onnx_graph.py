"""ONNX nodes, written down one after the other."""

import numpy as np


class Graph:
    """A graph under construction.

    Parameters
    ----------
    scope : object
        Makes unique names, as a Scope of skl2onnx does.
    container : object
        Takes nodes and constants, as a ModelComponentContainer of skl2onnx does.
    """

    def __init__(self, scope, container):
        self.scope = scope
        self.container = container

    def op(self, kind, *inputs, out=None, **attributes):
        """Add a node.

        Parameters
        ----------
        kind : str
            Its operator.
        *inputs : str or array
            Names of tensors, or constants.
        out : str, default=None
            Name of the output; a new one when None.
        **attributes
            Of the operator.

        Returns
        -------
        out : str
            Name of the output.
        """
        names = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        out = out or self.scope.get_unique_variable_name(kind)
        name = self.scope.get_unique_operator_name(kind)
        self.container.add_node(kind, names, [out], name=name, **attributes)
        return out

    def constant(self, array):
        """Add an array, and return its name."""
        from onnx import numpy_helper

        tensor = numpy_helper.from_array(np.asarray(array))
        name = self.scope.get_unique_variable_name("constant")
        content = list(tensor.string_data) or tensor
        self.container.add_initializer(name, tensor.data_type, tensor.dims, content)
        return name

    def cast(self, x, dtype, out=None):
        """Add a conversion to a dtype of numpy."""
        from onnx.helper import np_dtype_to_tensor_dtype

        return self.op("Cast", x, out=out, to=np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def scan(self, step, state, series, width):
        """Go through series of int32, along their second axis.

        Parameters
        ----------
        step : callable
            Takes a `Graph` and the names of the state and of what is next in the series; returns
            the name of the next state.
        state, series : str
            Of shapes (n_series, width) and (n_series, n_steps, width).
        width : int

        Returns
        -------
        state : str
            The last one.
        """
        from onnx import TensorProto, helper

        def declare(name):
            return helper.make_tensor_value_info(name, TensorProto.INT32, [None, width])

        body = Body()
        before, x = map(self.scope.get_unique_variable_name, ("state", "x"))
        after = step(Graph(self.scope, body), before, x)
        ins, outs = [declare(before), declare(x)], [declare(after)]
        graph = helper.make_graph(body.nodes, "step", ins, outs, body.initializers)
        steps = self.op("Transpose", series, perm=[1, 0, 2])
        return self.op("Scan", state, steps, body=graph, num_scan_inputs=1)


class Body:
    """Nodes and constants of a graph within a graph."""

    def __init__(self):
        self.nodes = []
        self.initializers = []

    def add_node(self, kind, inputs, outputs, **attributes):
        """Add a node."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def add_initializer(self, name, kind, shape, tensor):
        """Add a constant."""
        tensor.name = name
        self.initializers.append(tensor)
