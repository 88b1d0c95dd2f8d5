import AuthorizationCore

/// How many requests have a place, and of which tenants.
package struct Places: Sendable {
    private var total = 0
    private var byTenant: [TenantID: Int] = [:]

    package init() {}

    /// False when there is none.
    package mutating func take(_ tenant: TenantID, most: Int, ofTenant mostOfTenant: Int) -> Bool {
        let taken = byTenant[tenant, default: 0]
        guard total < most, taken < mostOfTenant else { return false }
        total += 1
        byTenant[tenant] = taken + 1
        return true
    }

    package mutating func leave(_ tenant: TenantID) {
        total -= 1
        let left = byTenant[tenant, default: 1] - 1
        byTenant[tenant] = left > 0 ? left : nil
    }
}
