// An application that imports KVDatabase builds and reads items with ItemModel's types, so one
// import serves it.
@_exported public import ItemModel

// `DatabaseOptions.durability` is of the engine's type; the rest of the engine stays out of sight.
@_exported public import enum StorageEngine.Durability
