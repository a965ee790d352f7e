// Package kuaidi100 asks 快递100 where parcels are: real-time queries, subscriptions and the pushes that follow them.
//
//	c, err := kuaidi100.New(kuaidi100.Config{Customer: "…", Key: "…"})
//	r, err := c.Query(ctx, kuaidi100.Query{Com: "shunfeng", Num: "SF1234567890123", Phone: "8000"})
//	if errors.Is(err, kuaidi100.ErrNoResult) { … } // nothing known, or not yet
//
// Protocol: https://api.kuaidi100.com/document (实时快递查询, 快递信息推送服务). A query costs money and the same number should not be
// asked about more often than every half hour.
package kuaidi100
