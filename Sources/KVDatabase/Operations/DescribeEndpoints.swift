/// Tells the address to send requests to: the one the caller is already using.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html>.
public enum DescribeEndpoints {
    /// What DescribeEndpoints is asked.
    public struct Request: Sendable, Hashable {
        /// host:port, known to the server only.
        public var address: String

        public init(
            address: String
        ) {
            self.address = address
        }
    }

    /// What DescribeEndpoints answers.
    public struct Response: Sendable, Hashable {
        public var endpoints: [Endpoint]

        public init(
            endpoints: [Endpoint]
        ) {
            self.endpoints = endpoints
        }
    }

    /// One address and how long to remember it.
    public struct Endpoint: Sendable, Hashable {
        public var address: String
        public var cachePeriodInMinutes: Int

        public init(
            address: String,
            cachePeriodInMinutes: Int = 1440
        ) {
            self.address = address
            self.cachePeriodInMinutes = cachePeriodInMinutes
        }
    }
}
