package catalog

import "github.com/shuke-commerce/shuke/internal/platform/errs"

// What the room refuses.
var (
	ErrNotFound        = errs.New(errs.NotFound, "catalog.not_found", "没有这个商品", "There is no such product")
	ErrUnlisted        = errs.New(errs.Gone, "catalog.unlisted", "商品已下架", "This product is no longer on sale")
	ErrSKUNotFound     = errs.New(errs.NotFound, "catalog.sku_not_found", "没有这个规格", "There is no such SKU")
	ErrVersion         = errs.New(errs.Conflict, "catalog.version", "商品已被别人修改，请刷新后再保存", "The product was changed by someone else; reload it and save again")
	ErrInvalid         = errs.New(errs.Invalid, "catalog.invalid", "商品信息有误，请按提示修改", "The product has mistakes; see the details")
	ErrCodeTaken       = errs.New(errs.Invalid, "catalog.code_taken", "商家编码已用于另一个商品", "This merchant code belongs to another product")
	ErrMove            = errs.New(errs.Conflict, "catalog.state", "商品的当前状态不能这样操作", "The product cannot move to this state")
	ErrNotListable     = errs.New(errs.Conflict, "catalog.not_listable", "还不能上架，请先补全商品", "The product cannot go on sale yet; complete it first")
	ErrCategory        = errs.New(errs.Invalid, "catalog.category", "没有这个类目", "There is no such category")
	ErrCategoryUsed    = errs.New(errs.Conflict, "catalog.category_used", "类目下还有子类目，不能删除", "The category still has sub-categories")
	ErrCategoryCode    = errs.New(errs.Invalid, "catalog.category_code", "类目编码须为 1–40 个小写字母、数字或连字符，且不能重复", "A category code has 1–40 lower-case letters, digits or hyphens and is unique")
	ErrCategoryTree    = errs.New(errs.Invalid, "catalog.category_tree", "类目最多三级，且不能放在自己的下级里", "Categories have at most three levels and no circles")
	ErrPicture         = errs.New(errs.Invalid, "catalog.picture", "图片无法识别，请使用 JPEG、PNG、GIF 或 WebP", "The picture cannot be read; use JPEG, PNG, GIF or WebP")
	ErrPictureTooLarge = errs.New(errs.TooLarge, "catalog.picture_too_large", "图片太大，最多 10 MB、4000 万像素", "The picture is too large: at most 10 MB and 40 million pixels")
	ErrPictureMissing  = errs.New(errs.NotFound, "catalog.picture_missing", "没有这张图片", "There is no such picture")
)
