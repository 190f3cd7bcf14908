-- Policies.

-- policy-permissive: ["policy", "removing on zoo.keeper", "kind"]
DROP POLICY removing ON zoo.keeper;
CREATE POLICY removing ON zoo.keeper FOR DELETE USING (CURRENT_USER = 'zoo_owner');

-- policy-command: ["policy", "of_partition on zoo.visit_rest", "command"]
DROP POLICY of_partition ON zoo.visit_rest;
CREATE POLICY of_partition ON zoo.visit_rest AS RESTRICTIVE FOR UPDATE USING (region <> 'asia');

-- policy-roles: ["policy", "restricted on zoo.keeper", "roles"]
ALTER POLICY restricted ON zoo.keeper TO zoo_visitor;

-- policy-using: ["policy", "\"of;the\"\"whole\" on zoo.visit", "using"]
ALTER POLICY "of;the""whole" ON zoo.visit USING (true);

-- policy-with-check: ["policy", "adding on zoo.keeper", "with check"]
ALTER POLICY adding ON zoo.keeper WITH CHECK (true);

-- policy-new: ["policy", "brand_new on zoo.house", "exists"]
CREATE POLICY brand_new ON zoo.house USING (true);

-- policy-gone: ["policy", "of_partition on zoo.visit_rest", "exists"]
DROP POLICY of_partition ON zoo.visit_rest;

-- policy-comment: ["policy", "\"all may\" on zoo.keeper", "comment"]
COMMENT ON POLICY "all may" ON zoo.keeper IS 'x';
