extension Range<Int> {
    /// The first index that is not before the point that is looked for, where all before it are; the
    /// end where all are. A binary search.
    @inline(__always)
    func partitionPoint(_ isBefore: (Int) -> Bool) -> Int {
        var low = lowerBound
        var high = upperBound
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
