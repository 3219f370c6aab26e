// An application that imports KVDatabase builds and reads items with ItemModel's types, so one
// import serves it.
@_exported public import ItemModel
