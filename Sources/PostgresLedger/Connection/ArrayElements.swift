/// The select list that makes rows of array parameters: of each row an element of every array. PostgreSQL takes them
/// one at a time; as functions in FROM it would store all elements before it reads the first.
///
/// - Parameter types: of the elements, with spaces between them. The first array is `$1`.
func elements(_ types: String) -> String {
    let arrays = types.split(separator: " ").enumerated()
    return arrays.map { "unnest($\($0.offset + 1)::\($0.element)[])" }.joined(separator: ", ")
}
