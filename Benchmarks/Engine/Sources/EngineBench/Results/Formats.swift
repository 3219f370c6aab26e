internal import Foundation

/// A rate with three digits that matter: 812, 45.3 k, 1.20 M.
func formatRate(_ rate: Double) -> String {
    switch rate {
    case 999_500...: formatShort(rate / 1e6) + " M"
    case 999.5...: formatShort(rate / 1e3) + " k"
    default: formatShort(rate)
    }
}

/// Three digits that matter.
func formatShort(_ number: Double) -> String {
    switch number.magnitude {
    case 99.95...: String(format: "%.0f", number)
    case 9.995...: String(format: "%.1f", number)
    default: String(format: "%.2f", number)
    }
}

/// A number of bytes with three digits that matter, in the largest unit that it fills.
func formatBytes(_ bytes: some BinaryInteger) -> String {
    var number = Double(bytes)
    for unit in ["B", "KiB", "MiB"] {
        if number < 999.5 { return "\(formatShort(number)) \(unit)" }
        number /= 1024
    }
    return formatShort(number) + " GiB"
}

/// `text` in at least `width` columns, from the left.
func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

/// `text` in at least `width` columns, to the right.
func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
