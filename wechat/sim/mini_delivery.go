package sim

import "slices"

// miniDelivery is a carrier as WeChat names it (get_delivery_list, getallDelivery): its id, its code at 快递100 and 快递鸟.
type miniDelivery struct {
	ID, Name, Com, Kdniao string
	Cash                  bool // 物流助手 may be used without a monthly account
}

// miniDeliveries are the carriers WeChat's logistics know. The ids of 京东 and 丹鸟 are doubtful.
var miniDeliveries = []miniDelivery{
	{"SF", "顺丰速运", "shunfeng", "SF", false}, {"ZTO", "中通快递", "zhongtong", "ZTO", false}, {"YTO", "圆通速递", "yuantong", "YTO", false},
	{"STO", "申通快递", "shentong", "STO", false}, {"YUNDA", "韵达快递", "yunda", "YD", false}, {"JTSD", "极兔速递", "jtexpress", "JTSD", false},
	{"JDL", "京东物流", "jd", "JD", false}, {"EMS", "中国邮政速递物流", "ems", "EMS", false}, {"DB", "德邦快递", "debangkuaidi", "DBL", true},
	{"CNSD", "丹鸟物流", "danniao", "DNWL", false}, {"ZJS", "宅急送", "zhaijisong", "ZJS", false}, {"KYSY", "跨越速运", "kuayue", "KYSY", false},
	{"UCE", "优速快递", "youshuwuliu", "UC", false}, {"BEST", "百世快递", "huitongkuaidi", "HTKY", false}, {"YZPY", "邮政快递包裹", "youzhengguonei", "YZPY", false},
}

func deliveryOf(id string) (miniDelivery, bool) {
	i := slices.IndexFunc(miniDeliveries, func(d miniDelivery) bool { return d.ID == id })
	if i < 0 {
		return miniDelivery{}, false
	}
	return miniDeliveries[i], true
}
