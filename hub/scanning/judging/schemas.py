"""What messages of ONNX and TensorFlow are made of, as far as it matters what they do.

Source: onnx.proto3 and onnx-ml.proto of ONNX 1.19; saved_model.proto, meta_graph.proto, graph.proto,
function.proto and saved_metadata.proto of TensorFlow 2 and Keras 2; Model.proto of Core ML.
"""

# Message: {field: message of that field, or the name of a value that is looked at}.
SCHEMAS: dict[str, dict[int, str]] = {
    "onnx.Model": {7: "onnx.Graph", 20: "onnx.Training", 25: "onnx.Function", 8: "onnx.Opset"},
    "onnx.Opset": {1: "=import"},
    "onnx.Training": {1: "onnx.Graph", 2: "onnx.Graph"},
    "onnx.Function": {7: "onnx.Node", 10: "=own-domain", 11: "onnx.Attribute"},
    "onnx.Graph": {1: "onnx.Node", 5: "onnx.Tensor", 15: "onnx.Sparse"},
    "onnx.Sparse": {1: "onnx.Tensor", 2: "onnx.Tensor"},
    "onnx.Node": {4: "=operator", 5: "onnx.Attribute", 7: "=domain"},
    "onnx.Attribute": {
        5: "onnx.Tensor",
        6: "onnx.Graph",
        10: "onnx.Tensor",
        11: "onnx.Graph",
        22: "onnx.Sparse",
        23: "onnx.Sparse",
    },
    "onnx.Tensor": {13: "onnx.External"},
    "onnx.External": {1: "=key", 2: "=value"},
    "tf.SavedModel": {2: "tf.MetaGraph"},
    "tf.MetaGraph": {2: "tf.Graph", 7: "tf.Objects"},
    "tf.Graph": {1: "tf.Node", 2: "tf.Library"},
    "tf.Library": {1: "tf.Function"},
    "tf.Function": {3: "tf.Node"},
    "tf.Node": {2: "=operation"},
    "tf.Objects": {1: "tf.Object"},
    "tf.Object": {4: "tf.UserObject"},
    "tf.UserObject": {3: "=json"},
    "keras.Metadata": {1: "keras.Node"},
    "keras.Node": {5: "=json"},
}
